"""A member of staff brings in the dealer's file, corrects what is wrong with it, and takes it back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import Start
from tests.site import programs

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stacks")]

PASSWORD = "una contraseña larga"
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
# One cheaper, one with a figure too few, one that can't be read; the other six cars are missing.
FILE = """stock_id,km,price,make,model,year,version
102,81250,209000,Mazda,Mazda 3,2016,2.5 SEDAN S TA
103,60100,25900,Mazda,Mazda 3,2018,2.5 HATCHBACK I TA
201,20300,barato,Nissan,Sentra,2019,1.8 ADVANCE AUTO
"""


def staff(data_dir: Path) -> None:
    words = ("createsuperuser", "--noinput", "--username", "ana", "--email", "ana@example.com")
    made = programs.run(
        "manage.py", *words, environment=programs.surroundings(data_dir, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    )
    assert made.returncode == 0, made.stderr


def price(page: Page, karlos: str, stock_id: int) -> str:
    page.goto(f"{karlos}/admin/inventory/vehicle/?q={stock_id}")
    return page.locator("input[name$=-price_mxn]").first.input_value()


@pytest.fixture
def browser_context_args() -> dict[str, object]:
    return {"locale": "es-MX", "viewport": DESK}


def test_a_file_is_looked_at_corrected_saved_and_undone(start: Start, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "autos.csv"
    file.write_text(FILE)
    with start() as karlos:
        staff(tmp_path / "data")
        page.goto(f"{karlos}/admin/")
        page.get_by_label(re.compile("Nombre de usuario")).fill("ana")
        page.get_by_label(re.compile("Contraseña")).first.fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "login" not in address)
        page.goto(f"{karlos}/admin/inventory/vehicle/")
        page.get_by_role("link", name=re.compile("Importar")).click()
        page.set_input_files("input[type=file]", file)
        page.get_by_role("button", name=re.compile("Subir y revisar")).click()

        tick = page.get_by_role("checkbox", name=re.compile("Es correcto: Mazda 3 2018"))
        expect(tick).to_be_visible()
        expect(page.get_by_text("El precio pasa de 259,000.00 a 25,900.00")).to_be_visible()
        page.get_by_role("link", name=re.compile("Errores")).click()
        expect(page.get_by_text("escriba el precio en pesos")).to_be_visible()
        page.get_by_role("button", name="Importar").click()
        expect(page.get_by_text("Hay filas con errores")).to_be_visible()

        page.set_viewport_size(PHONE)
        page.get_by_role("link", name=re.compile("Por marcar")).click()
        tick.check()
        page.get_by_role("button", name="Conservar estas marcas").click()
        expect(tick).to_be_checked()
        page.get_by_label(re.compile("Importar sin las filas")).check()
        page.get_by_role("button", name="Importar").click()

        undo = page.get_by_text("Deshacer esta importación")
        expect(undo).to_be_visible()
        address = page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        with page.expect_download() as failed:
            page.get_by_role("link", name=re.compile("Descargar las filas")).click()
        assert "201,20300,barato" in failed.value.path().read_text(encoding="utf-8-sig")
        page.set_viewport_size(DESK)
        assert price(page, karlos, 103) == "25900.00"

        page.goto(address)
        undo.click()
        page.get_by_role("button", name="Deshacer").click()
        expect(page.get_by_text("Lo que esta importación cambió está como antes.")).to_be_visible()
        assert price(page, karlos, 103) == "259000.00"
        assert price(page, karlos, 102) == "218500.50"
