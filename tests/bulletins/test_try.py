import json
import pytest
from apps.documents.composition import plain_text
from apps.bulletins import papers
from tests.factories.printed import faults_of
from . import make
import time_machine
from datetime import datetime, UTC

@time_machine.travel(datetime(2026,11,27,2,tzinfo=UTC), tick=False)
def test_try(past):
    b = make.drafted(past)
    s = b.snapshot
    print(json.dumps({k:v for k,v in s.items() if k!='x'}, ensure_ascii=False, indent=1)[:6000])
    print(plain_text(papers.bulletin_paper(b)))
    for f in faults_of(papers.bulletin_paper(b)): print(f)
    assert 0
