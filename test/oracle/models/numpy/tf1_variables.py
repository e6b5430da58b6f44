"""TensorFlow 1: variables in dicts, placeholders, a function over them."""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

pixels = tf.placeholder(tf.float32, [None, 784])
labels = tf.placeholder(tf.float32, [None, 10])

matrices = {
    "low": tf.Variable(tf.random_normal([784, 256])),
    "mid": tf.Variable(tf.truncated_normal([256, 128], stddev=0.1)),
    "top": tf.Variable(tf.random_uniform([128, 10], -0.05, 0.05)),
}
shifts = {
    "low": tf.Variable(tf.zeros([256])),
    "mid": tf.Variable(tf.constant(0.1, shape=[128])),
    "top": tf.Variable(tf.random_normal([10])),
}


def scores_of(x):
    low = tf.nn.relu(tf.add(tf.matmul(x, matrices["low"]), shifts["low"]))
    mid = tf.nn.sigmoid(tf.add(tf.matmul(low, matrices["mid"]), shifts["mid"]))
    return tf.matmul(mid, matrices["top"]) + shifts["top"]


scores = scores_of(pixels)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=scores, labels=labels))
step = tf.train.AdamOptimizer(learning_rate=0.001).minimize(cost)
