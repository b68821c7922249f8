"""What came is read and never trusted: each e-mail that is not well made is answered with a sentence."""

from datetime import UTC, datetime

import pytest

from ifr.cases.intake import mails
from ifr.cases.intake.arrived import EMAIL, FORM, Words
from ifr.cases.intake.originals import read_original
from ifr.cases.intake.printed import proposals
from tests.cases.intake.arriving import ARRIVED, mail
from tests.cases.intake.outlook import outlook

NESTED = b"\n".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d" % (n, n) for n in range(300))


def words(arrived):
    return "\n".join(one.text for one in arrived.words)


def test_an_ordinary_e_mail_is_read_with_sender_words_arrival_and_attachments():
    arrived = read_original("request.eml", mail(attached=(("form.bin", b"\x01\x02"), ("note.txt", b"A note"))))
    assert arrived.way == EMAIL and arrived.remarks == ()
    assert arrived.sender == "Dr Pat Sender <pat@hospital.example>" and arrived.subject == "Request for Ann Example"
    assert arrived.arrived_at == ARRIVED and "Ankle fusion" in words(arrived)
    assert [(one.name, one.content) for one in arrived.attached] == [("form.bin", b"\x01\x02"), ("note.txt", b"A note")]


def test_the_offices_own_server_says_when_it_arrived_and_the_sender_only_where_it_does_not():
    content = b"Received: by mx.example; Thu, 19 Nov 2026 08:00:00 +0000\nReceived: by x; Wed, 18 Nov 2026 07:00:00 +0000\n"
    assert read_original("a.eml", content + mail()).arrived_at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert read_original("a.eml", b"Received: nonsense\n" + mail()).arrived_at == ARRIVED


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (mail(Date=""), "does not say when it arrived"),
        (mail(Date="Mon, 99 Foo 2026"), "does not say when it arrived"),
        (mail(Date="Fri, 31 Dec 9999 23:59:59 -2300"), "does not say when it arrived"),
        (mail(Date="Wed, 2 Dec 2026 09:30:00 +0000"), "which is still to come"),
        (b"From: a\nDate: Wed, 18 Nov 2026 09:30:00 +0000\n\n", "holds no words"),
        (b"From: a\nSubject: b\nContent-Type: text/plain; charset=klingon\n\n\xc3\xa9", "some characters may be wrong"),
        (b"From: a\nSubject: b\nContent-Type: text/plain; charset=punycode\n\nabc-", "some characters may be wrong"),
        (b"From: a\nSubject: b\nContent-Type: text/plain; charset=utf-8\n\n\xff\xfe\xe9", "some characters may be wrong"),
        (b"From: a\nSubject: b\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n"
         b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--x--\n", "is encrypted"),
        (b"From: a\nSubject: b\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n"
         b"Content-Transfer-Encoding: base64\n\nMIAG\n", "is encrypted"),
        (b"From: a\nSubject: b\nContent-Type: application/pkcs7-mime; smime-type=signed-data\n\nMIAG\n", "wraps its words"),
        (b"From: a\nSubject: b\n\n-----BEGIN PGP MESSAGE-----\nabc\n", "is encrypted"),
        (b"From: a\nSubject: b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nabc\n", "winmail.dat"),
        (b"From: a\nSubject: b\n" + NESTED, "nested too deeply"),
        (b"From: a\nSubject: b\n\n" + b"\n" * 700_000, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_of_an_e_mail_is_said_in_a_sentence(content, sentence):
    arrived = read_original("a.eml", content)
    assert arrived.way == EMAIL and any(sentence in one for one in arrived.remarks), arrived.remarks


def test_a_deep_nest_without_a_long_list_of_boundaries_is_not_read_for_ever():
    nested = b"Content-Type: message/rfc822\n\n" * 5_000
    arrived = read_original("a.eml", b"From: a\nSubject: b\n" + nested)
    assert arrived.way == EMAIL


def test_a_message_that_is_only_a_web_page_is_shown_as_its_words():
    page = "<html><body><p>Please fund <b>ankle fusion</b></p><script>alert(1)</script></body></html>"
    content = b"From: a\nSubject: b\nContent-Type: text/html; charset=utf-8\n\n" + page.encode()
    assert "Please fund ankle fusion" in words(read_original("a.eml", content))
    assert "alert" not in words(read_original("a.eml", content)) and "<b>" not in words(read_original("a.eml", content))


def test_a_signed_e_mail_is_read_and_its_signature_is_no_attachment():
    content = (
        b"From: a\nSubject: b\nContent-Type: multipart/signed; boundary=x\n\n--x\nContent-Type: text/plain\n\nPlease fund\n--x\n"
        b"Content-Type: application/pgp-signature; name=signature.asc\n\nabc\n--x--\n"
    )
    arrived = read_original("a.eml", content)
    assert mails.SIGNED in arrived.remarks and "Please fund" in words(arrived) and arrived.attached == ()


def test_of_a_thousand_attachments_fifty_are_filed_and_the_number_is_said():
    part = b"--x\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=a.bin\n\nabc\n"
    content = b"From: a\nSubject: b\nContent-Type: multipart/mixed; boundary=x\n\n" + part * 1000 + b"--x--\n"
    arrived = read_original("a.eml", content)
    assert len(arrived.attached) == mails.MOST_ATTACHED and any("1,000 attachments" in one for one in arrived.remarks)


def test_huge_and_crooked_headers_are_cut_and_an_attached_e_mail_is_a_file():
    huge = read_original("a.eml", b"From: " + b"a" * 3_000_000 + b"\nSubject: =?utf-8?q?=FF=00?= =?x\n\nhello")
    assert len(huge.sender) <= 2_000 and "hello" in words(huge)
    inner = b"--x\nContent-Type: message/rfc822\n\nFrom: c\nSubject: inside\n\ndeeper\n--x--\n"
    outer = read_original("a.eml", b"From: a\nSubject: b\nContent-Type: multipart/mixed; boundary=x\n\n" + inner)
    assert b"deeper" in outer.attached[0].content
    crooked = b"--x\nContent-Disposition: attachment; filename*" + b"9" * 6_000 + b"*=a\n\nabc\n--x--\n"
    assert read_original("a.eml", b"From: a\nSubject: b\nContent-Type: multipart/mixed; boundary=x\n\n" + crooked).way == EMAIL


def test_an_outlook_message_is_read_and_a_damaged_one_is_said():
    arrived = read_original("request.msg", outlook("Please fund ankle fusion", sender="Dr Pat", subject="Request"))
    assert arrived.way == EMAIL and "Please fund ankle fusion" in words(arrived) and arrived.subject == "Request"
    assert [(one.name, one.content) for one in arrived.attached] == [("form.txt", b"A form")]
    whole = outlook("Please fund", sender="Dr Pat", subject="Request")
    for damaged in (whole[:2048], whole[:600] + b"\xff" * 1400 + whole[2000:]):
        assert read_original("request.msg", damaged).remarks
    assert mails.ENCRYPTED in read_original("a.msg", outlook("x", sender="a", subject="b", kind="IPM.Note.SMIME")).remarks


def test_a_form_is_read_and_a_picture_is_left_to_a_person():
    assert "Ankle fusion" in words(read_original("form.txt", b"Treatment: Ankle fusion"))
    arrived = read_original("scan.png", b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert arrived.way == FORM and "This is a picture" in arrived.remarks[0]


def test_what_a_label_prints_is_proposed_with_its_passage_and_nothing_else_is():
    labels = {"treatment": ["Treatment requested", "Treatment"], "condition": ["Diagnosis"], "name": ["Patient name"]}
    labels["aim"] = ["Aim"]
    text = "Patient name\tAnn Example\nDiagnosis (stage):\n\nArthritis\nTreatment requested - Ankle fusion\n"
    text += "Aim:\nDiagnosis: again\n"
    found = proposals([Words("The form", text)], labels)
    assert found["name"].value == "Ann Example" and found["treatment"].value == "Ankle fusion"
    assert found["condition"].value == "Arthritis" and found["condition"].passage == "Diagnosis (stage):\nArthritis"
    assert "aim" not in found
    assert proposals([Words("Prose", "The treatment is one that we like.\nTreatments so far: none")], labels) == {}
