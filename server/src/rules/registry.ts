/** The rules in the order of the catalogue, most specific first: of two findings at one initializer the earlier rule speaks. */

import { biasBeforeNorm } from './bias-before-norm.ts';
import { boundedRegressionOutput } from './bounded-regression-output.ts';
import { clonedLayers } from './cloned-layers.ts';
import { constantWeights } from './constant-weights.ts';
import { denseOnImage } from './dense-on-image.ts';
import { deprecatedInit } from './deprecated-init.ts';
import { doubleActivation } from './double-activation.ts';
import { dyingReluRisk } from './dying-relu-risk.ts';
import { embeddingScale } from './embedding-scale.ts';
import { explodingGradient } from './exploding-gradient.ts';
import { explodingSignal } from './exploding-signal.ts';
import { falsyZero } from './falsy-zero.ts';
import { fanMismatch } from './fan-mismatch.ts';
import { fixedScale } from './fixed-scale.ts';
import { forgetBias } from './forget-bias.ts';
import { hiddenBias } from './hidden-bias.ts';
import { hiddenSoftmax } from './hidden-softmax.ts';
import { initNeverApplied } from './init-never-applied.ts';
import { initOnVector } from './init-on-vector.ts';
import { initOverwritesPretrained } from './init-overwrites-pretrained.ts';
import { initOverwritten } from './init-overwritten.ts';
import { learningRateRange } from './learning-rate-range.ts';
import { logitsWithoutFlag } from './logits-without-flag.ts';
import { missingNormalization } from './missing-normalization.ts';
import { mseForClassification } from './mse-for-classification.ts';
import { noNonlinearity } from './no-nonlinearity.ts';
import { nonzeroMeanWeights } from './nonzero-mean-weights.ts';
import { orthogonalGain } from './orthogonal-gain.ts';
import { outputPrior } from './output-prior.ts';
import { plainGradientDescent } from './plain-gradient-descent.ts';
import { reluWithoutHe } from './relu-without-he.ts';
import { repeatedModule } from './repeated-module.ts';
import { residualScale } from './residual-scale.ts';
import type { Rule } from './rule.ts';
import { saturatingStack } from './saturating-stack.ts';
import { saturatingWithHe } from './saturating-with-he.ts';
import { seluWithoutLecun } from './selu-without-lecun.ts';
import { sharedInitializer } from './shared-initializer.ts';
import { sigmoidWithLogitsLoss } from './sigmoid-with-logits-loss.ts';
import { sigmoidWithoutGain } from './sigmoid-without-gain.ts';
import { sineWithoutSiren } from './sine-without-siren.ts';
import { slopeMismatch } from './slope-mismatch.ts';
import { smoothGain } from './smooth-gain.ts';
import { softmaxBeforeCrossEntropy } from './softmax-before-cross-entropy.ts';
import { softmaxOneUnit } from './softmax-one-unit.ts';
import { sparseScale } from './sparse-scale.ts';
import { tanhWithSigmoidGain } from './tanh-with-sigmoid-gain.ts';
import { truncatedScale } from './truncated-scale.ts';
import { uninitializedParameter } from './uninitialized-parameter.ts';
import { unitNormalWeights } from './unit-normal-weights.ts';
import { unknownInitializer } from './unknown-initializer.ts';
import { unscaledInput } from './unscaled-input.ts';
import { vanishingGradient } from './vanishing-gradient.ts';
import { vanishingSignal } from './vanishing-signal.ts';
import { wrongNonlinearity } from './wrong-nonlinearity.ts';
import { zeroInSeries } from './zero-in-series.ts';

export const RULES: readonly Rule[] = [
  initOverwritesPretrained,
  uninitializedParameter,
  zeroInSeries,
  constantWeights,
  unitNormalWeights,
  nonzeroMeanWeights,
  fanMismatch,
  saturatingWithHe,
  tanhWithSigmoidGain,
  sigmoidWithoutGain,
  seluWithoutLecun,
  slopeMismatch,
  wrongNonlinearity,
  reluWithoutHe,
  smoothGain,
  sineWithoutSiren,
  orthogonalGain,
  fixedScale,
  sparseScale,
  truncatedScale,
  embeddingScale,
  residualScale,
  saturatingStack,
  vanishingSignal,
  explodingSignal,
  vanishingGradient,
  explodingGradient,
  noNonlinearity,
  softmaxBeforeCrossEntropy,
  sigmoidWithLogitsLoss,
  logitsWithoutFlag,
  softmaxOneUnit,
  hiddenSoftmax,
  doubleActivation,
  mseForClassification,
  boundedRegressionOutput,
  plainGradientDescent,
  learningRateRange,
  unscaledInput,
  missingNormalization,
  outputPrior,
  repeatedModule,
  clonedLayers,
  sharedInitializer,
  unknownInitializer,
  initOnVector,
  initNeverApplied,
  initOverwritten,
  hiddenBias,
  biasBeforeNorm,
  forgetBias,
  deprecatedInit,
  falsyZero,
  dyingReluRisk,
  denseOnImage,
];

export const ruleNamed = (name: string): Rule | undefined => RULES.find((rule) => rule.name === name);
