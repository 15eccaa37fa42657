"""Who writes and who reads while faults happen, as the platform's own page does it: a writer tries again with the same
client_id until it is answered; a reader applies the next number only, asks for what is missing, and comes back."""

import contextlib
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.client import HTTPException

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

PATIENCE = 5  # seconds for one answer
SILENCE = 2  # seconds after which a reader asks whether anybody is there
AWAY = (OSError, HTTPException, WebSocketException, ValueError, EOFError)
SLUG = "alder-ny"


class Someone(threading.Thread):
    """`addresses` are those of the servers, tried in turn; `problem` is what ended them before their time."""

    def __init__(self, name, token, addresses):
        super().__init__(name=name, daemon=True)
        self.token, self.addresses = token, list(addresses)
        self.is_over, self.problem = threading.Event(), None

    def run(self):
        try:
            self.act()
        except Exception as problem:
            self.problem = problem

    def elsewhere(self):
        self.addresses.append(self.addresses.pop(0))

    def ask(self, path, body=None):
        """`(status, answer)`; raises one of AWAY."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.addresses[0]}/api/v1/{path}", body and json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()[:500]


class Writer(Someone):
    """`acknowledged`: [(client_id, message id, seq)]. One message after the other, `pause` seconds between them."""

    def __init__(self, name, token, addresses, topic, pause=0.04):
        super().__init__(name, token, addresses)
        self.topic, self.pause = topic, pause
        self.acknowledged, self.refused = [], set()

    def act(self):
        number = 0
        while not self.is_over.is_set():
            number += 1
            self.post({"topic": self.topic, "body": f"{self.name} {number}", "client_id": str(uuid.uuid4())})
            time.sleep(self.pause)

    def post(self, body):
        """Until it is answered; what is still on its way at the end is given up."""
        while not self.is_over.is_set():
            with contextlib.suppress(*AWAY):
                status, answer = self.ask("messages/", body)
                if status in (200, 201):
                    self.acknowledged.append((body["client_id"], answer["id"], answer["seq"]))
                    return
                assert status >= 500, (status, answer)
                self.refused.add(status)
            self.elsewhere()
            time.sleep(0.1)


class Reader(Someone):
    """`seen`: [(seq, message id)], as it was shown. `at` is the number up to which everything was."""

    def __init__(self, name, token, addresses):
        super().__init__(name, token, addresses)
        self.seen, self.at, self.times_back, self.asks = [], None, -1, 0
        self.is_reading = threading.Event()
        self.is_reading.set()

    def act(self):
        while not self.is_over.is_set():
            with contextlib.suppress(*AWAY):
                self.listen()
            self.elsewhere()
            self.is_over.wait(random.uniform(0.05, 0.3))

    def listen(self):
        address = f"{self.addresses[0].replace('http', 'ws', 1)}/ws/workspaces/{SLUG}/"
        headers = {"Authorization": f"Bearer {self.token}"}
        with connect(address, additional_headers=headers, compression=None, open_timeout=PATIENCE, close_timeout=1) as socket:
            self.times_back += 1
            socket.send(json.dumps({"type": "hello"} | ({"after": {"workspace": self.at}} if self.at is not None else {})))
            is_asked = False
            while not self.is_over.is_set():
                self.is_reading.wait()
                try:
                    frame = json.loads(socket.recv(timeout=SILENCE))
                except TimeoutError:
                    if is_asked:
                        return
                    is_asked = True
                    socket.send('{"type": "ping"}')
                    continue
                is_asked = False
                if frame["type"] == "welcome" and self.at is None:
                    self.at = frame["streams"]["workspace"]
                if frame["type"] == "event" and frame["stream"] == "workspace":
                    self.take(frame)

    def take(self, event):
        if event["seq"] > self.at + 1:
            self.fill()
        if event["seq"] == self.at + 1:
            self.show(event)

    def show(self, event):
        self.at = event["seq"]
        if event["kind"] == "message.created":
            self.seen.append((event["seq"], event["data"]["id"]))

    def fill(self):
        self.asks += 1
        status, answer = self.ask(f"workspaces/{SLUG}/events/?stream=workspace&after={self.at}")
        if status != 200:
            raise OSError(status)
        for event in answer["results"]:
            self.show(event)


class ForgetfulReader(Reader):
    """Broken: it takes what comes, and asks for nothing that is missing."""

    def take(self, event):
        if event["seq"] > self.at:
            self.show(event)
