"""uvicorn's sockets, which lend their transport to the application: `uvicorn --ws workspaces.realtime.server:Sockets`.

Any other server does too, or uvicorn without this: frames then leave by the ASGI send. No Django here, since the server loads
this before the settings."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TRANSPORT = "mpi.transport"  # the name in the scope's extensions


class Sockets(WebSocketsSansIOProtocol):
    async def run_asgi(self):
        if not self.conn.extensions:  # a compressed connection's frames are made for it alone
            self.scope["extensions"][TRANSPORT] = self.transport
        await super().run_asgi()
