"""No request is read without end: what is sent lies on this machine's disk until a page has looked at it, whoever sends it."""

import json

MOST = 260 * 1024 * 1024  # bytes: a message of ten files, by the form of a page without script
REFUSED = "This is too large."


class TooMuch(Exception):
    pass


class BodyLimit:
    """Around an ASGI application: 413 for a body above `most` bytes, at once where its length is told, else as it is passed."""

    def __init__(self, application, most=MOST):
        self.application, self.most = application, most

    async def __call__(self, scope, receive, send):
        read = 0

        async def counted():
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise TooMuch
            return message

        if self.length_told(scope) > self.most:
            return await refuse(scope, send)
        try:
            return await self.application(scope, counted, send)
        except TooMuch:  # while the body is read, so no answer was begun
            return await refuse(scope, send)

    @staticmethod
    def length_told(scope):
        told = dict(scope["headers"]).get(b"content-length", b"")
        return int(told) if told.isdigit() else 0


async def refuse(scope, send):
    errors = [{"code": "too_large", "detail": REFUSED, "attr": None}]
    is_api = scope["path"].startswith("/api/")
    body = json.dumps({"type": "client_error", "errors": errors}) if is_api else REFUSED
    kind = b"application/json" if is_api else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
