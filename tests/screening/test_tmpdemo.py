import sys
from ifr.demo import cases
def test_demo(fresh_app):
    app = fresh_app("sqlite")
    with app.app_context():
        for words in cases.walk_all():
            print(words, file=sys.stderr)
