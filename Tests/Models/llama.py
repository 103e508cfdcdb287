"""llama.cpp's own server with a small model, on a port that the system gives; runs until it is ended."""

import signal
import sys

import xllamacpp

settings = xllamacpp.CommonParams()
settings.model.path = sys.argv[1]
settings.model_alias = ["small"]
settings.n_ctx = 2048
settings.n_parallel = 1
settings.cpuparams.n_threads = 1
settings.warmup = False
server = xllamacpp.Server(settings)
print(f"listening on {server.listening_address}", flush=True)
signal.sigwait({signal.SIGTERM, signal.SIGINT})
