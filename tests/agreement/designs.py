"""Small random designs: one seed, one design, for ever the same.

Every design stays small enough that execution tells its figures within a second or two, and mixes a few things that
the language can say: not all of them at once, so that the analyser still has something to predict. Designs are
written as JSON, which is YAML.
"""

import json
import random

STRATEGIES = ["one_for_one", "one_for_all", "rest_for_one"]
RESTARTS = ["permanent", "permanent", "permanent", "transient", "temporary"]


class Design:
    """Draws one design. `chance` is its only source of randomness."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.seed = seed
        self.spice = self.chance.choice([0.3, 0.6, 1])  # how much of everything that is optional
        self.workers = []  # entries, in start order
        self.number = 0

    # -- small draws

    def maybe(self, probability):
        return self.chance.random() < probability * self.spice

    def span(self, low, high):
        """Seconds, evenly over the orders of magnitude."""
        return low * (high / low) ** self.chance.random()

    def probability(self, low, high):
        return round(self.span(low, high), 5)

    def duration(self, seconds):
        return f"{max(1, round(seconds * 1e6))}us"

    def law(self, mean, constant=0.3):
        """Any distribution, with about that mean."""
        kind = self.chance.choice(["exp", "exp", "exp", "uniform", "erlang", "normal", "lognormal", "weibull", "empirical"])
        m = self.duration
        if self.maybe(constant):
            return m(mean)
        if kind == "exp":
            return f"exp({m(mean)})"
        if kind == "uniform":
            return f"uniform({m(mean / 2)} {m(mean * 1.5)})"
        if kind == "erlang":
            return f"erlang({self.chance.choice([2, 3, 5])} {m(mean)})"
        if kind == "normal":
            return f"normal({m(mean)} {m(mean / 4)})"
        if kind == "lognormal":
            return f"lognormal({m(mean)} {m(mean * 5)})"
        if kind == "weibull":
            return f"weibull({self.chance.choice([0.8, 1.5, 2.5])} {m(mean)})"
        return f"empirical({m(mean / 2)} {m(mean)} {m(mean * 2)})"

    # -- parts

    def name(self, what):
        self.number += 1
        return f"{what}{self.number}"

    def clock(self):
        kind = self.chance.choice(["rate", "rate", "rate", "after", "after", "at"])
        clock = {}
        if kind == "rate":
            clock["rate"] = f"{self.span(0.2, 60):.3g}/min"
        elif kind == "after":
            clock["after"] = self.law(self.span(0.5, 60))
        else:
            clock["at"] = sorted({self.duration(round(self.span(0.5, 200), 1)) for _ in range(self.chance.randint(1, 6))},
                                 key=lambda text: int(text[:-2]))
        if self.faults and self.maybe(0.3):
            clock["during"] = self.chance.choice(list(self.faults))
        if self.maybe(0.15):
            clock["reason"] = self.chance.choice(["normal", "shutdown", "killed"])
        return clock

    def handler(self, mean, callees):
        handler = {"takes": self.law(mean)}
        if self.maybe(0.2):
            handler["crashes"] = self.probability(0.0005, 0.2)
        if callees and self.maybe(0.35):
            call = {"to": self.chance.choice(callees)}
            if self.maybe(0.3):
                call["timeout"] = self.duration(self.span(0.02, 5))
            if self.maybe(0.3):
                call["on_failure"] = self.chance.choice(["ignore", {"retry": 2}])
            if self.maybe(0.15):
                call["times"] = 2
            handler["calls"] = [call]
        if callees and self.maybe(0.25):
            handler["casts"] = [{"to": self.chance.choice(callees)}]
        if self.maybe(0.07):
            task = {"takes": self.law(self.span(0.002, 0.2)), "count": self.chance.choice([1, 1, 3])}
            if self.maybe(0.4):
                task["linked"] = False
            if self.maybe(0.5):
                task["crashes"] = self.probability(0.001, 0.1)
            task["await"] = self.chance.choice(["5s", "none", self.duration(self.span(0.01, 1))])
            handler["tasks"] = [task]
        if self.faults and self.maybe(0.1):
            handler["during"] = {self.chance.choice(list(self.faults)): {"takes": self.law(mean * 2)}}
        return handler

    def worker(self):
        worker = {"worker": self.name("W")}
        restart = self.chance.choice(RESTARTS)
        if restart != "permanent":
            worker["restart"] = restart
        if self.maybe(0.1):
            worker["count"] = self.chance.choice([2, 3])
        if self.maybe(0.35):
            worker["init"] = {"takes": self.law(self.span(0.001, 3), constant=0.6)}
            if self.maybe(0.15):
                worker["init"]["fails"] = self.probability(0.001, 0.3)
            elif self.faults and self.maybe(0.1):
                worker["init"]["fails"] = {"during": self.chance.choice(list(self.faults))}
        if self.maybe(0.08):
            worker["continue"] = {"takes": self.law(self.span(0.001, 1))}
        if self.maybe(0.45):
            clocks = [self.clock() for _ in range(self.chance.choice([1, 1, 1, 2]))]
            worker["crashes"] = clocks[0] if len(clocks) == 1 else clocks
        if self.maybe(0.1):
            worker["shutdown"] = self.chance.choice(["brutal_kill", "100ms", "1s"])
        if self.maybe(0.12):
            worker["traps_exits"] = True
            if self.maybe(0.6):
                worker["terminate"] = {"takes": self.law(self.span(0.01, 2))}
        earlier = [other["worker"] for other in self.workers]
        self.workers.append(worker)
        if self.maybe(0.55):
            mean = self.span(0.001, 0.1)
            worker["handles"] = {"any": self.handler(mean, earlier)}
            if self.maybe(0.2):
                worker["handles"]["other"] = self.handler(mean, earlier)
            if self.maybe(0.1):
                worker["mailbox"] = {"shed_above": self.chance.choice([3, 20])}
        if self.maybe(0.12):
            worker["ticks"] = [dict(self.handler(self.span(0.001, 0.1), earlier), every=self.law(self.span(0.2, 10)))]
        if earlier and self.maybe(0.08):
            worker["links"] = [self.chance.choice(earlier)]
        return worker

    def supervisor(self, depth):
        supervisor = {"supervisor": self.name("S")}
        if depth > 0:
            restart = self.chance.choice(RESTARTS)
            if restart != "permanent":
                supervisor["restart"] = restart
        if depth > 0 and self.maybe(0.12):
            supervisor["kind"] = "dynamic"
            template = self.worker()
            template["count"] = self.chance.choice([1, 3, 10])
            supervisor["children"] = [template]
        else:
            if self.maybe(0.5):
                supervisor["strategy"] = self.chance.choice(STRATEGIES)
            number = self.chance.choice([1, 2, 2, 3])
            supervisor["children"] = [
                self.supervisor(depth + 1) if depth < 2 and self.maybe(0.3) else self.worker() for _ in range(number)]
        if self.maybe(0.7):
            supervisor["max_restarts"] = self.chance.choice([0, 1, 2, 3, 5, 10, 50])
            supervisor["max_seconds"] = self.chance.choice([1, 2, 5, 10, 30])
        return supervisor

    def traffic(self, to):
        traffic = {"to": to["worker"], "sends": self.chance.choice(["call", "call", "cast", "info"])}
        rate = self.span(0.3, 60)
        kind = self.chance.choice(["rate", "rate", "rate", "rate", "every", "burst", "at", "closed"])
        if kind == "rate":
            traffic["rate"] = f"{rate:.3g}/s"
        elif kind == "every":
            traffic["every"] = self.law(1 / rate)
        elif kind == "burst":
            traffic["burst"] = {"size": self.chance.choice([2, 10, 100]), "every": self.law(self.span(0.5, 20))}
        elif kind == "at":
            traffic["at"] = [self.duration(round(self.span(0.1, 100), 2)) for _ in range(self.chance.randint(1, 5))]
        else:
            traffic["sends"] = "call"
            traffic["concurrency"] = self.chance.choice([1, 2, 5])
            traffic["think"] = self.law(self.span(0.05, 2))
        if traffic["sends"] == "call" and self.maybe(0.5):
            traffic["timeout"] = self.duration(self.span(0.01, 3))
            if self.maybe(0.1):
                traffic["on_timeout"] = {"retry": 2}
        if "other" in to.get("handles", {}) and self.maybe(0.5):
            traffic["message"] = "other"
        if self.faults and self.maybe(0.12):
            traffic["during"] = self.chance.choice(list(self.faults))
        return traffic

    def draw(self):
        self.faults = {}
        if self.maybe(0.2):
            for i in range(self.chance.choice([1, 1, 2])):
                fault = {"every": f"exp({self.duration(self.span(20, 300))})", "lasts": self.law(self.span(0.5, 20))}
                if self.maybe(0.3):
                    fault = {"at": self.duration(round(self.span(1, 100), 1)), "lasts": self.law(self.span(0.5, 20))}
                self.faults[f"fault{i}"] = fault
        design = {"treefall": 1, "name": f"design{self.seed}"}
        if self.maybe(0.2):
            design["dialect"] = "erlang"
        design["horizon"] = self.chance.choice(["1min", "5min", "20min", "1h"])
        if self.faults:
            design["faults"] = self.faults
        if self.maybe(0.1):
            design["clock_phase"] = self.duration(self.span(0.001, 1))
        if self.maybe(0.1):
            trees = [self.supervisor(0) for _ in range(2)]
            design["applications"] = [
                {"name": f"app{i}", "start": self.chance.choice(["permanent", "temporary"]), "tree": tree}
                for i, tree in enumerate(trees)]
        else:
            if self.maybe(0.1):
                design["application"] = self.chance.choice(["transient", "temporary"])
            design["tree"] = self.supervisor(0)
        targets = [worker for worker in self.workers if "handles" in worker]
        sources = {}
        for worker in targets:
            if self.maybe(0.75):
                sources[f"traffic{len(sources)}"] = self.traffic(worker)
                if self.maybe(0.15):
                    sources[f"traffic{len(sources)}"] = self.traffic(worker)
        if sources:
            design["traffic"] = sources
        return design


def design(seed):
    return Design(seed).draw()


def text(design):
    return json.dumps(design, indent=1)


if __name__ == "__main__":
    import sys

    print(text(design(int(sys.argv[1]))))
