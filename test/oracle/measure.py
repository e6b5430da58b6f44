"""Moments of a parameter's values, pooled over the seeds that it was drawn with."""


class Moments:
    def __init__(self):
        self.draws = []

    def add(self, values):
        """`values`: a flat numpy array."""
        values = values.astype("float64")
        n = values.size
        mean = float(values.mean()) if n else 0.0
        centred = values - mean
        squares = centred * centred
        self.draws.append((n, mean, float(squares.mean()) if n else 0.0, float((squares * squares).mean()) if n else 0.0))

    def result(self):
        count = sum(n for n, *_ in self.draws)
        if count == 0:
            return {"count": 0, "mean": None, "std": None, "kurtosis": None}
        mean = sum(n * m for n, m, *_ in self.draws) / count
        # Each draw's spread about its own mean, moved to the common one; the third moment's part in the fourth is left out.
        second = sum(n * (v + (m - mean) ** 2) for n, m, v, _ in self.draws) / count
        fourth = sum(n * (k + 6 * v * (m - mean) ** 2 + (m - mean) ** 4) for n, m, v, k in self.draws) / count
        std = second**0.5
        return {"count": count, "mean": mean, "std": std, "kurtosis": fourth / second**2 if second > 1e-30 else None}
