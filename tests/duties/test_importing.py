import pytest
pytestmark = [pytest.mark.django_db]
def test_x(people):
    assert people.convener.name
def test_y(people):
    assert people.liaison("kejiju").groups.get().name == "kejiju"
