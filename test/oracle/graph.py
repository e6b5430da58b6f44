"""The graph that a real model was seen to compute, and the activations that each node's output reaches.

An adapter records one node an operation. The definition of `next` is the analyser's own (server/src/rules/reach.ts), written a second
time: through norms (named in `via`), dropout, reshapes, pools, scalings and sums, up to the first activation on every way.
"""

NORMS = ("batchNorm", "layerNorm", "groupNorm", "instanceNorm")
KINDS = ("input", "weighted", "embedding", "activation", "norm", "pass", "add", "stop", "opaque")

# A residual stream reaches every later activation; the nearest few are the ones that count.
MOST_ACTIVATIONS = 8


class Node:
    def __init__(self, id, kind, name, inputs, params):
        self.id = id
        self.kind = kind
        # Activation: a row of knowledge/activations. Norm: one of NORMS. Else what the framework calls it.
        self.name = name
        self.inputs = inputs
        # Paths of the parameters that it multiplies with.
        self.params = params


class Graph:
    def __init__(self):
        self.nodes = []

    def add(self, kind, name="", inputs=(), params=()):
        assert kind in KINDS, kind
        node = Node(len(self.nodes), kind, name, list(dict.fromkeys(inputs)), list(params))
        self.nodes.append(node)
        return node.id

    def _through(self, node, beyond):
        if node.kind == "activation":
            return [(node.id, node.name, ())]
        if node.kind == "norm":
            return [(i, a, via if node.name in via else (node.name,) + via) for i, a, via in beyond]
        return beyond if node.kind in ("pass", "add") else []

    def reach(self):
        """For every node the activations that its output reaches, nearest first; None where a way was not understood."""
        readers = [[] for _ in self.nodes]
        for node in self.nodes:
            for source in node.inputs:
                readers[source].append(node)
        reach = [None] * len(self.nodes)
        for node in reversed(self.nodes):
            found = {}
            for reader in readers[node.id]:
                beyond = reach[reader.id]
                if reader.kind == "opaque" or (beyond is None and reader.kind in ("pass", "add", "norm")):
                    found = None
                    break
                for one in self._through(reader, beyond or []):
                    found.setdefault(one[0], one)
            reach[node.id] = None if found is None else sorted(found.values())[:MOST_ACTIVATIONS]
        return reach

    def next_of_params(self):
        """Path of a parameter → the activations that the first node multiplying with it reaches (None: not understood)."""
        reach = self.reach()
        result = {}
        for node in self.nodes:
            for path in node.params:
                if path not in result:
                    found = reach[node.id]
                    result[path] = None if found is None else [{"act": act, "via": list(via)} for _, act, via in found]
        return result

    def opaque(self):
        return sorted({node.name for node in self.nodes if node.kind == "opaque"})
