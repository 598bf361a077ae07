"""The queue on SimPy: a process for the clients, one for the server, one that crashes it and starts it again.

store   the mailbox is a simpy.Store, as SimPy's manual has it
bare    the mailbox is a list and an idle server waits for an event of its own: less than a Store does, and quicker

Arguments: store|bare SEED HORIZON
"""
import json
import random
import sys

import simpy

ARRIVALS, SERVICES, CRASHES, RESTARTS = 80.0, 100.0, 1.0, 100.0


class StoreMailbox:
    def __init__(self, env):
        self.store = simpy.Store(env)
        self.asked = None

    def put(self, message):
        self.store.put(message)

    def get(self):
        self.asked = self.store.get()
        return self.asked

    def clear(self):
        if not self.asked.triggered:
            self.asked.cancel()
        left = list(self.store.items)
        self.store.items.clear()
        return left


class BareMailbox:
    def __init__(self, env):
        self.env = env
        self.messages = []
        self.asked = None

    def put(self, message):
        if self.asked is not None:
            asked, self.asked = self.asked, None
            asked.succeed(message)
        else:
            self.messages.append(message)

    def get(self):
        event = self.env.event()
        if self.messages:
            event.succeed(self.messages.pop(0))
        else:
            self.asked = event
        return event

    def clear(self):
        self.asked = None
        left, self.messages = self.messages, []
        return left


def main():
    make, seed, horizon = {"store": StoreMailbox, "bare": BareMailbox}[sys.argv[1]], int(sys.argv[2]), float(sys.argv[3])
    draw = random.Random(seed).expovariate
    env = simpy.Environment()
    mailbox = make(env)
    arrivals = handled = lost = crashes = restarts = 0
    waited = 0.0

    def clients():
        nonlocal arrivals
        while True:
            yield env.timeout(draw(ARRIVALS))
            arrivals += 1
            mailbox.put(env.now)

    def serve():
        nonlocal handled, lost, waited
        busy = False
        try:
            while True:
                sent = yield mailbox.get()
                busy = True
                waited += env.now - sent
                yield env.timeout(draw(SERVICES))
                busy = False
                handled += 1
        except simpy.Interrupt:
            left = mailbox.clear()
            lost += len(left) + busy
            waited += sum(env.now - sent for sent in left)

    def supervise():
        nonlocal crashes, restarts
        while True:
            child = env.process(serve())
            yield env.timeout(draw(CRASHES))
            child.interrupt()
            crashes += 1
            yield env.timeout(draw(RESTARTS))
            restarts += 1

    env.process(clients())
    env.process(supervise())
    env.run(until=horizon)
    print(json.dumps({"arrivals": arrivals, "handled": handled, "lost": lost, "crashes": crashes,
                      "restarts": restarts, "queue": waited / horizon}))


main()
