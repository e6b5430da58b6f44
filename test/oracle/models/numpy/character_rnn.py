"""A recurrent network over characters, a column a step, trained with Adagrad on a text that is cut into pieces."""

import numpy as np

text = "the quick brown fox jumps over the lazy dog. pack my box with five dozen liquor jugs!"
letters = sorted(set(text))
place = {letter: i for i, letter in enumerate(letters)}
V, H, span, rate = len(letters), 100, 25, 0.1

into = np.random.randn(H, V) * 0.01
across = np.random.randn(H, H) * 0.01
out = np.random.randn(V, H) * 0.01
shift_h = np.zeros((H, 1))
shift_y = np.zeros((V, 1))


def gradients(given, wanted, before):
    seen, state, chance = {}, {-1: np.copy(before)}, {}
    loss = 0
    for t, letter in enumerate(given):
        seen[t] = np.zeros((V, 1))
        seen[t][letter] = 1
        state[t] = np.tanh(np.dot(into, seen[t]) + np.dot(across, state[t - 1]) + shift_h)
        scores = np.dot(out, state[t]) + shift_y
        chance[t] = np.exp(scores) / np.sum(np.exp(scores))
        loss -= np.log(chance[t][wanted[t], 0])
    found = [np.zeros_like(one) for one in (into, across, out, shift_h, shift_y)]
    later = np.zeros_like(before)
    for t in range(len(given) - 1, -1, -1):
        miss = np.copy(chance[t])
        miss[wanted[t]] -= 1
        back = (np.dot(out.T, miss) + later) * (1 - state[t] ** 2)
        for total, part in zip(found, (np.dot(back, seen[t].T), np.dot(back, state[t - 1].T), np.dot(miss, state[t].T), back, miss)):
            total += part
        later = np.dot(across.T, back)
    return loss, [np.clip(one, -5, 5) for one in found], state[len(given) - 1]


squares = [np.zeros_like(one) for one in (into, across, out, shift_h, shift_y)]
for epoch in range(30):
    memory = np.zeros((H, 1))
    for start in range(0, len(text) - span - 1, span):
        given = [place[letter] for letter in text[start : start + span]]
        wanted = [place[letter] for letter in text[start + 1 : start + span + 1]]
        loss, found, memory = gradients(given, wanted, memory)
        for one, grad, square in zip((into, across, out, shift_h, shift_y), found, squares):
            square += grad * grad
            one += -rate * grad / np.sqrt(square + 1e-8)
