"""TensorFlow 1: variables in dicts, placeholders, a session."""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

X = tf.placeholder("float", [None, 784])
Y = tf.placeholder("float", [None, 10])

weights = {
    "h1": tf.Variable(tf.random_normal([784, 256])),
    "h2": tf.Variable(tf.truncated_normal([256, 256], stddev=0.1)),
    "out": tf.Variable(tf.random_uniform([256, 10], -0.05, 0.05)),
}
biases = {
    "b1": tf.Variable(tf.zeros([256])),
    "b2": tf.Variable(tf.constant(0.1, shape=[256])),
    "out": tf.Variable(tf.random_normal([10])),
}


def multilayer_perceptron(x):
    layer_1 = tf.nn.relu(tf.add(tf.matmul(x, weights["h1"]), biases["b1"]))
    layer_2 = tf.nn.sigmoid(tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"]))
    return tf.matmul(layer_2, weights["out"]) + biases["out"]


logits = multilayer_perceptron(X)
loss_op = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=logits, labels=Y))
train_op = tf.train.AdamOptimizer(learning_rate=0.001).minimize(loss_op)
init = tf.global_variables_initializer()
