"""As near to nothing as a server comes that tells a message to all: no database, no Django, no layer; the frame is made once.
Served as `bench.bare:application`."""

import json

from websockets.frames import Frame, Opcode

from workspaces.realtime.server import TRANSPORT

transports = set()


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await listen(scope, receive, send)
    else:
        await tell_all(receive, send)


async def listen(scope, receive, send):
    transport = scope["extensions"][TRANSPORT]
    await send({"type": "websocket.accept"})
    transports.add(transport)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    transports.discard(transport)


async def tell_all(receive, send):
    body = (await receive())["body"]
    frame = Frame(Opcode.TEXT, json.dumps({"message": json.loads(body)["body"]}).encode()).serialize(mask=False)
    for transport in transports:
        transport.write(frame)
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
