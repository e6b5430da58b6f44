"""Residual networks for small pictures: blocks with batch_norm, sums and projections, and the wide kind with norm first."""

import lasagne
from lasagne.init import HeNormal
from lasagne.layers import BatchNormLayer, Conv2DLayer, DenseLayer, ElemwiseSumLayer, ExpressionLayer, GlobalPoolLayer
from lasagne.layers import InputLayer, NonlinearityLayer, PadLayer, batch_norm, dropout
from lasagne.nonlinearities import rectify, softmax


def residual_block(l, increase_dim=False, projection=False):
    input_num_filters = l.output_shape[1]
    if increase_dim:
        first_stride = (2, 2)
        out_num_filters = input_num_filters * 2
    else:
        first_stride = (1, 1)
        out_num_filters = input_num_filters

    stack_1 = batch_norm(
        Conv2DLayer(l, out_num_filters, (3, 3), stride=first_stride, nonlinearity=rectify, pad="same", W=HeNormal(gain="relu"))
    )
    stack_2 = batch_norm(
        Conv2DLayer(stack_1, out_num_filters, (3, 3), stride=(1, 1), nonlinearity=None, pad="same", W=HeNormal(gain="relu"))
    )
    if increase_dim:
        if projection:
            shortcut = batch_norm(
                Conv2DLayer(l, out_num_filters, (1, 1), stride=(2, 2), nonlinearity=None, pad="same", b=None)
            )
        else:
            identity = ExpressionLayer(l, lambda X: X[:, :, ::2, ::2], lambda s: (s[0], s[1], s[2] // 2, s[3] // 2))
            padding = PadLayer(identity, [out_num_filters // 4, 0, 0], batch_ndim=1)
            shortcut = padding if False else Conv2DLayer(identity, out_num_filters, 1, b=None, nonlinearity=None)
        return NonlinearityLayer(ElemwiseSumLayer([stack_2, shortcut]), nonlinearity=rectify)
    return NonlinearityLayer(ElemwiseSumLayer([stack_2, l]), nonlinearity=rectify)


def build_resnet(input_var=None, n=2):
    l_in = InputLayer(shape=(None, 3, 32, 32), input_var=input_var)
    l = batch_norm(Conv2DLayer(l_in, 16, (3, 3), nonlinearity=rectify, pad="same", W=HeNormal(gain="relu")))
    for _ in range(n):
        l = residual_block(l)
    l = residual_block(l, increase_dim=True, projection=True)
    for _ in range(1, n):
        l = residual_block(l)
    l = residual_block(l, increase_dim=True)
    for _ in range(1, n):
        l = residual_block(l)
    l = GlobalPoolLayer(l)
    return DenseLayer(l, num_units=10, W=HeNormal(), nonlinearity=softmax)


he_norm = lasagne.init.HeNormal(gain="relu")


def wide_block(l, filters, stride, first=False):
    bn_pre = BatchNormLayer(l)
    bn_pre_relu = NonlinearityLayer(bn_pre, rectify)
    conv_1 = batch_norm(Conv2DLayer(bn_pre_relu, filters, 3, stride=stride, nonlinearity=rectify, pad="same", W=he_norm))
    drop = dropout(conv_1, p=0.3)
    conv_2 = Conv2DLayer(drop, filters, 3, nonlinearity=None, pad="same", W=he_norm)
    if first or stride != 1:
        shortcut = Conv2DLayer(bn_pre_relu, filters, 1, stride=stride, nonlinearity=None, pad="same", b=None)
    else:
        shortcut = l
    return ElemwiseSumLayer([conv_2, shortcut])


def build_wide(input_var=None, depth=10, k=2):
    n = (depth - 4) // 6
    l = InputLayer((None, 3, 32, 32), input_var)
    l = Conv2DLayer(l, 16, 3, pad="same", nonlinearity=None, W=he_norm)
    for stage, filters in enumerate([16 * k, 32 * k, 64 * k]):
        l = wide_block(l, filters, 1 if stage == 0 else 2, first=True)
        for _ in range(n):
            l = wide_block(l, filters, 1)
    l = NonlinearityLayer(BatchNormLayer(l), rectify)
    return DenseLayer(GlobalPoolLayer(l), 10, nonlinearity=softmax)
