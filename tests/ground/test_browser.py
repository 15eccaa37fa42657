"""The browser that the journeys use: the pages' server, a sign-in, the accessibility check, and what stays after it."""

import asyncio

import pytest


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_sign_in_page_is_accessible_and_fits(page, assert_accessible, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/accounts/login/")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_check_names_what_it_finds(page, assert_accessible):
    page.goto("/accounts/login/")
    page.evaluate("document.querySelector('h1').replaceWith(document.createElement('img'))")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)


def test_two_people_in_two_browsers(cast, new_context, sign_in, live_server_url):
    pages = {}
    for who in ("ada", "ben"):
        context = new_context()
        sign_in(context, f"{who}@example.org")
        pages[who] = context.new_page()
        pages[who].goto("/accounts/login/")
    assert [page.url for page in pages.values()] == [f"{live_server_url}/"] * 2


async def test_an_async_test_after_the_browser_has_a_loop_of_its_own():
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().is_running()
