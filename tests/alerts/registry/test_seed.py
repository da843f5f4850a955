"""The registry file: what it says is there afterwards, again and again; what it says wrongly is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib import admin
from django.test import RequestFactory

from alerts.registry import models, seed

HEAD = (
    '[[area]]\nid = "d"\nname = "区"\nlevel = "district"\n'
    '[[area]]\nid = "g"\nname = "格"\nlevel = "grid"\nparent = "d"\n'
)


def read(folder: Path, text: str) -> seed.Registry:
    """The registry of this text."""
    path = folder / "registry.toml"
    path.write_text(text)
    return seed.read(path)


@pytest.mark.usefixtures("town")
def test_paths_lead_from_the_top() -> None:
    grid = models.Area.objects.get(slug="grid")
    chain = [models.Area.objects.get(pk=pk).slug for pk in grid.path.strip("/").split("/")]
    assert chain == ["district", "street", "community", "grid"]
    street = models.Area.objects.get(slug="street")
    street.parent = None
    street.save()
    grid.refresh_from_db()
    assert len(grid.path.strip("/").split("/")) == 3


@pytest.mark.usefixtures("empty")
def test_a_second_time_it_changes_nothing_and_news_are_taken(tmp_path: Path) -> None:
    text = HEAD + (
        '[[home]]\nid = "h"\narea = "g"\naddress = "路"\ndoor = "{door}"\n[[home.resident]]\nname = "王"\n'
        '[[home.contact]]\norder = 1\nname = "女儿"\nphone = "+8613900000001"\n'
        '[[worker]]\nname = "李"\nphone = "+8613800000001"\n'
        '[[worker.post]]\narea = "g"\nrole = "grid_worker"\n'
    )
    for door in ("1", "1", "2"):
        seed.seed(read(tmp_path, text.format(door=door)))
    assert models.Home.objects.get().door == "2"
    for table in (models.Resident, models.Contact, models.Worker, models.Post):
        assert table._default_manager.count() == 1


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[worker]]\nname = "李"\nphone = "13800000001"\n', "worker[1].phone"),
        ('[[gateway]]\nid = "g"\nkey = "abc"\n', "gateway[1].key"),
        ('[[area]]\nid = "x"\nname = "x"\nlevel = "planet"\n', "area[3].level"),
        ('[[area]]\nid = "x"\nname = "x"\nlevel = "grid"\nparent = "nowhere"\n', "area x.parent"),
        ('[[home]]\nid = "h"\narea = "g"\naddress = "a"\ndoor = "d"\ngateway = "none"\n', "home h.gateway"),
        ('[[area]]\nid = "x"\nname = "x"\nlevel = "grid"\nparent = "x"\n', "area x.parent"),
        ('[[home]]\nid = "h"\narea = "g"\naddress = "a"\ndoor = "d"\nzone = "Asia"\n', "home h.zone"),
        ("[[home", ""),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(seed.SeedError) as caught:
        read(tmp_path, HEAD + text)
    assert key in [problem.key for problem in caught.value.problems]


@pytest.mark.usefixtures("empty")
def test_children_may_stand_before_their_parents(tmp_path: Path) -> None:
    first, second = HEAD.split("[[area]]")[1:]
    seed.seed(read(tmp_path, f"[[area]]{second}[[area]]{first}"))
    assert models.Area.objects.get(slug="g").path.count("/") == 3


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("model", [models.Area, models.Home, models.Worker, models.Gateway])
def test_the_registrys_pages_open(model: type[models.Area]) -> None:
    from django.contrib.auth.models import User

    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("boss")
    page = admin.site.get_model_admin(model)
    row = model._default_manager.first()
    assert row is not None
    for answer in (page.changelist_view(request), page.change_view(request, str(row.pk))):
        assert answer.status_code == 200
        assert answer.render().content  # type: ignore[attr-defined]


@pytest.mark.usefixtures("town")
def test_the_registrys_pages_take_no_number_that_cannot_be_called_and_no_zone_that_is_none() -> None:
    from django.core.exceptions import ValidationError

    for row, field, value in (
        (models.Worker.objects.first(), "phone", "13800000001"),
        (models.Contact.objects.first(), "phone", "0571-8707"),
        (models.Home.objects.first(), "zone", "Asia/Shangai"),
        (models.Gateway.objects.first(), "key", "abc"),
    ):
        assert row is not None
        row.full_clean()
        setattr(row, field, value)
        with pytest.raises(ValidationError, match=field):
            row.full_clean()
