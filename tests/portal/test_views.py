"""Home, search, the administrators' door, health."""

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.factories.people import client_of


def test_health_needs_no_login(db: None) -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_home_needs_a_login(db: None) -> None:
    response = Client().get("/")
    assert response.status_code == 302
    assert response["Location"] == "/account/login/?next=/"


@pytest.mark.usefixtures("demo")
class TestSearch:
    def hits(self, username: str, words: str) -> list[str]:
        response = client_of(User.objects.get(username=username)).get("/search/", {"q": words})
        assert response.status_code == 200
        return [hit.title for hit in response.context["hits"]]

    def test_a_unit_finds_its_own_items_and_issued_papers_only(self) -> None:
        own = "指导学校建立教学用辐射材料、化学药品等职业健康管理制度"
        assert own in self.hits("jiaoyuju", "辐射材料")
        assert [hit for hit in self.hits("caizhengju", "辐射材料") if hit == own] == []

    def test_a_unit_is_found_by_its_name(self) -> None:
        assert "组织开展劳动合同职业病危害告知和工伤保险参保情况联合检查" in self.hits("bangongshi", "人社局")

    @pytest.mark.parametrize("words", ["", "\x00", "%", "'; DROP TABLE", "䶮㛃𬭸喆", "字" * 5000])
    def test_odd_words_find_nothing_and_break_nothing(self, words: str) -> None:
        assert self.hits("bangongshi", words) == []


@pytest.mark.usefixtures("demo")
def test_doors_open_to_those_who_administer_and_to_nobody_else() -> None:
    doors = {
        "xitong": [
            "账号",
            "名册与岗位",
            "职责清单",
            "收文单位",
            "发件箱",
            "工作日历",
            "灯色规则",
            "提醒规则",
            "编号",
            "设置",
        ],
        "anquan": ["角色", "授权"],
        "shenji": ["催办与升级", "灯色规则", "提醒规则", "审计"],
        "bangongshi": ["催办与升级", "授权", "名册与岗位", "职责清单", "收文单位", "发件箱", "编号"],
    }
    for username, labels in doors.items():
        response = client_of(User.objects.get(username=username)).get("/manage/")
        assert [str(door.label) for door in response.context["doors"]] == labels
        client = client_of(User.objects.get(username=username))
        assert {d.route: client.get(d.url).status_code for d in response.context["doors"]} == {
            d.route: 200 for d in response.context["doors"]
        }
    assert client_of(User.objects.get(username="jiaoyuju")).get("/manage/").status_code == 403
