"""What must be true of a recorded history, whatever happened meanwhile."""

from dataclasses import dataclass, field


@dataclass
class History:
    """`acknowledged`: [(client_id, message id, seq)], each as the server answered; `seen`: {reader: [(seq, message id)]}, in
    the order in which the reader was shown them."""

    acknowledged: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)

    def wrongs(self):
        """One sentence for each thing that must not be; empty for a history in which nothing was lost, nothing came twice, and
        all saw one order."""
        return [*self.of_acknowledgements(), *(wrong for reader in self.seen for wrong in self.of_reader(reader))]

    def of_acknowledgements(self):
        first = {}
        for client_id, message, seq in self.acknowledged:
            if first.setdefault(client_id, (message, seq)) != (message, seq):
                yield f"{client_id} was acknowledged as two messages"
        places = {}
        for _, message, seq in self.acknowledged:
            if places.setdefault(seq, message) != message:
                yield f"number {seq} was given to two messages"

    def of_reader(self, reader):
        seen = self.seen[reader]
        numbers = [seq for seq, _ in seen]
        if numbers != sorted(numbers):
            yield f"{reader} saw messages out of order"
        messages = [message for _, message in seen]
        for message in {message for message in messages if messages.count(message) > 1}:
            yield f"{reader} saw {message} twice"
        place_of = {message: seq for seq, message in seen}
        for message, seq in sorted({(message, seq) for _, message, seq in self.acknowledged}):
            if message not in place_of:
                yield f"{reader} never saw {message}, which was acknowledged"
            elif place_of[message] != seq:
                yield f"{reader} saw {message} as number {place_of[message]}, which was acknowledged as {seq}"
