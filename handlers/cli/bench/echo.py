"""What a bare FastAPI on the same server manages: it checks the same body and gives it back."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

from handlers.web.schemas import Said

app = FastAPI(openapi_url=None)


@app.post("/api/v1/messages")
async def echo(said: Said) -> Said:
    """The body again."""
    return said


if __name__ == "__main__":
    config = uvicorn.Config(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run()
