"""How a service treats connections, whichever server carries it."""

BACKLOG = 1024  # connections that wait to be accepted

# Longer than a gateway keeps an idle connection to us: the side that sends must be the side that hangs up, or a
# request meets a connection that we just closed.
KEEP_ALIVE_SECONDS = 75

HEAD_BYTES = 64 * 1024  # of a request's line and headers together, where a server has no limit of its own
