from mpi.start import ROOT

styles = (ROOT / "build" / "mpi" / "app.css").read_bytes


def test_a_file_comes_in_one_piece(client):
    response = client.get("/static/mpi/app.css")
    assert (response.status_code, response.content, response.streaming) == (200, styles(), False)
    assert response["Content-Type"].startswith("text/css")


def test_its_head_alone(client):
    response = client.head("/static/mpi/app.css")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response["Content-Length"]) == len(styles())


def test_a_part_of_it(client):
    response = client.get("/static/mpi/app.css", HTTP_RANGE="bytes=10-19")
    assert (response.status_code, response.content) == (206, styles()[10:20])


def test_nothing_when_the_browser_has_it(client):
    modified = client.get("/static/mpi/app.css")["Last-Modified"]
    response = client.get("/static/mpi/app.css", HTTP_IF_MODIFIED_SINCE=modified)
    assert (response.status_code, response.content) == (304, b"")


def test_no_file_outside_the_folder(client):
    assert client.get("/static/../manage.py").status_code == 404
    assert client.get("/static/%2e%2e/manage.py").status_code == 404
