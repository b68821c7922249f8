"""For a web server: `gunicorn wsgi:app`."""

from ifr import create_app

app = create_app()
