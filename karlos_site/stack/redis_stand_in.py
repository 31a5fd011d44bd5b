"""fakeredis's TCP server, for machines without redis-server: `python redis_stand_in.py PORT`. It keeps nothing on disk.

A file of its own, so that it starts without Django and Celery.
"""

import socketserver
import sys

from fakeredis import TcpFakeServer

if __name__ == "__main__":
    # Replies are small: with Nagle's algorithm each waits 40 ms for the next.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis").serve_forever()
