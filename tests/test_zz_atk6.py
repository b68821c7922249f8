import re
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts
from tests.panels import walking
def test_x(app, client, sign_in):
    with app.app_context(), transaction():
        case = walking.ready()
        item = walking.listed(case, walking.planned(case))
        walking.declared(case, "nina_member", "helen_chairs")
        key, m, i = case.key, item.meeting_id, item.id
    from tests.structure import test_walls as w
    one = w.Walled(1, key, m, i, {"key":[key],"meeting_id":[m],"item_id":[i],"document_id":[1,2,3,4,5,6],"letter_id":[1,2,3,4],"number":[1,2],"part_id":[1,2,3],"user_id":[1]})
    for who in ("nina_member","helen_chairs"):
        sign_in(client, who)
        for rule, a in w.addresses(app, one, "GET"):
            if not {"key","item_id","meeting_id","part_id"} & set(rule._converters): continue
            r = client.get(a)
            if r.status_code==200: print(who, a, rule.endpoint, len(r.data))
            elif r.status_code>=500: print("!!",a)
