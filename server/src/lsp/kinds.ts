/** Names of ours that the client knows: the kind of the fix-all action and the command behind a lens. */
export const FIX_ALL = 'source.fixAll.initlens';
export const PREVIEW_COMMAND = 'initlens.previewActivations';
