"""Files that the steps of a server's automations read and write."""

import json
import os
import threading

from conftest import HELLO

WRITES = """automation "Keeps"
START begin -> load
DATA_TRANSFORM load -> keep { prompt_template { read: "data.json" } }
DATA_TRANSFORM keep -> end { prompt_template { value: load.result, write: "kept/data.json" } }
"""


def folder(place):
    (place.folder / "served").mkdir()
    place.file("served/data.json", '{"a": 1}')
    place.file("served/keeps.auto", WRITES)
    return str(place.folder / "served")


def test_a_served_file_writes_where_the_server_says(place):
    server = place.serve(folder(place), "--out", str(place.folder / "out"), token=place.token())
    record = server.ended(server.start(server.automation("Keeps")))
    assert record["status"] == "FINISHED", record
    assert json.loads((place.folder / "out" / "kept" / "data.json").read_text()) == {"a": 1}
    assert not (place.folder / "served" / "kept").exists()


def test_without_a_folder_nothing_is_written(place):
    server = place.serve(folder(place), token=place.token())
    record = server.ended(server.start(server.automation("Keeps")))
    assert record["status"] == "FAILED" and "start it with --out DIR" in record["error"], record


def test_what_came_by_the_api_reads_and_writes_nothing(place):
    server = place.serve(folder(place), "--out", str(place.folder / "out"), token=place.token())
    reads = WRITES.replace('"Keeps"', '"Reads"')
    writes = 'automation "Writes"\nSTART begin -> keep\n' + WRITES.splitlines()[3].replace("load.result", '"x"')
    for text, words in [(reads, "there is no file `data.json`"), (writes, "an automation that came by the API writes no files")]:
        made = server.call("POST", "/automations", data=text, headers={"Content-Type": "text/x-auto"})
        assert made.status_code == 201, made.text
        record = server.ended(server.start(made.json()["id"]))
        assert record["status"] == "FAILED" and words in record["error"], record
    assert not (place.folder / "out").exists()


def test_an_input_comes_from_a_pipe(place):
    """A shell's `<(command)` names one."""
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("Ada",), daemon=True)
    writer.start()
    done = place.run("run", place.file("hello.auto", HELLO), "--input", f"name=@{pipe}")
    writer.join()
    assert "Hello ADA" in done.stdout
    folder = place.run("run", place.file("hello.auto", HELLO), "--input", f"name=@{place.folder}", check=False)
    assert folder.returncode == 3 and "it is no file" in folder.stderr
