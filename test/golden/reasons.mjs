// Why a fixed program does not run to its end with the releases of today, or not without what the example does not have. A failure that is not
// described here is a fault of the fix. What the program had made by then is measured all the same.

const REASONS = [
  {
    frameworks: ['lasagne'],
    failure: /'lasagne\.objectives' has no attribute/,
    reason: 'the copy of Lasagne that it was run with has no such loss',
  },
  {
    frameworks: ['lasagne'],
    failure: /NotImplementedError|'NoneType' and 'int'/,
    reason: 'the stand-in for Theano does not compute this layer',
  },
  { frameworks: ['torch'], failure: /'weights\.pt'/, reason: 'the example loads weights that it does not have' },
  { frameworks: ['torch'], failure: /'pytorch_lightning'/, reason: 'needs PyTorch Lightning' },
  { frameworks: ['keras'], failure: /Unrecognized keyword arguments .*(init|inner_init)'/, reason: "another finding's argument of Keras 1 is left" },
  { frameworks: ['keras'], failure: /module 'tensorflow' has no attribute/, reason: "TensorFlow 1's, which TensorFlow 2 does not have" },
  { rules: ['unknown-initializer'], failure: /Unknown initializer|Could not interpret initializer/, reason: "another finding's name is left" },
];

/** The reason of a failure that is not the fix's; undefined where there is none. */
export const reasonFor = ({ rule, framework }, failure) =>
  REASONS.find(
    ({ rules, frameworks, failure: like }) => (rules?.includes(rule) ?? true) && (frameworks?.includes(framework) ?? true) && like.test(failure),
  )?.reason;
