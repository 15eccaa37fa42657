"""Static files for an asynchronous server, where a response in pieces would be a thread's turn for each piece."""

from django.http import HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, each file in one piece: the largest that a page asks for is a few hundred kilobytes."""

    @staticmethod
    def serve(static_file, request):
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file:
            with found.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["Content-Type"]  # WhiteNoise sets its own, and none on 304
        for name, value in found.headers:
            response[name] = value
        return response
