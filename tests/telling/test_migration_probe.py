from alembic import command
from alembic.config import Config
import pytest, sqlalchemy as sa
from ifr.config import HOUSE
from ifr.db import migrating
from tests.databases import KINDS
from sqlalchemy.engine import make_url

@pytest.mark.parametrize("kind", KINDS)
def test_probe(templates, tmp_path, kind):
    url = templates.copy(kind)
    if kind == "sqlite":
        url2 = f"sqlite:///{tmp_path/'x.db'}"
    else:
        url2 = url
        e = sa.create_engine(url); 
        with e.connect() as c:
            c.execute(sa.text("drop schema public cascade")); c.execute(sa.text("create schema public")); c.commit()
        e.dispose()
    def up(to):
        with migrating(url2) as c:
            config = Config(); config.set_main_option("script_location", str(HOUSE/"migrations")); config.attributes["connection"]=c
            command.upgrade(config, to)
    up("0018")
    e = sa.create_engine(url2)
    with e.connect() as c:
        for i,(m,at) in enumerate([("sent","2026-01-01 10:00:00+00"),("none","2026-01-01 10:00:00+00"),("to_send","2026-01-02 10:00:00+00"),("failed","2026-01-02 10:00:00+00"),("none",None)],1):
            c.execute(sa.text("""insert into letters (id,stream,batch,name,"to",state,facts,queued_at,issued_at,mail) values (:i,'case:1',1,'x','clinician','issued','{}','2026-01-01 10:00:00+00',:at,:m)"""),{"i":i,"at":at,"m":m})
        c.commit()
    up("head")
    with e.connect() as c:
        rows = c.execute(sa.text("select letter_id,state,why,attempts,message_id,sent_at is not null, ended_at is not null from mails order by 1")).all()
    e.dispose(); templates.drop(url)
    assert [tuple(r)[:5] for r in rows] == [(1,"sent",None,1,"letter-1@ifr"),(3,"to_send",None,0,"letter-3@ifr"),(4,"failed","later",1,"letter-4@ifr")]
