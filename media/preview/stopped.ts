/** Why a path of the network cannot be run; shown beside the layer, never an error of the preview. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export const stop = (why: string): never => {
  throw new Stopped(why);
};
