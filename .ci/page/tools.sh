# Chromium, fonts, and a Python that drives it. Source this in the repository's folder.
#
#   "${page_python[@]}" FILE [ARGUMENT...]  runs a Python program that finds in its environment
#     CHROMIUM      Chromium, without a window
#     PAGE_EXAMPLE  the program of examples/page
#     FAST_CLOCK    the library that fast_clock.c makes
#
# If there is no Chromium, Debian's is unpacked into the target folder, like the fonts and the Python.
source .ci/packages.sh

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
page_packages=(playwright==1.65.2 axe-playwright-python==0.1.8 pillow==13.0.0)
page_fonts=(fonts-inter fonts-dejavu-core fonts-noto-color-emoji)

python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv

unpacked=$target/debian/page
CHROMIUM=$(command -v chromium-headless-shell || command -v chromium || true)
if [ ! -d "$unpacked" ]; then
    # shellcheck disable=SC2046
    unpack_packages "$unpacked" "${page_fonts[@]}" $([ -n "$CHROMIUM" ] || echo chromium-headless-shell chromium-common)
fi
page_environment=(FONTCONFIG_FILE="$target/debian/page-fonts.conf")
if [ -z "$CHROMIUM" ]; then
    CHROMIUM=$unpacked/usr/lib/chromium/chromium-headless-shell
    page_environment+=("LD_LIBRARY_PATH=$(unpacked_libraries "$unpacked")")
fi

# Only these fonts, so that the page looks the same on every machine.
cat >"$target/debian/page-fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$unpacked/usr/share/fonts</dir>
  <cachedir>$target/debian/page-fonts.cache</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Inter</family><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
XML

python=$target/page-python/bin/python
has_page_packages() {
    "$python" - "${page_packages[@]}" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
import axe_playwright_python, PIL, playwright.sync_api
for package in sys.argv[1:]:
    name, version = package.split("==")
    assert importlib.metadata.version(name) == version
PYTHON
}
if ! has_page_packages; then
    python3 -m venv --clear "$target/page-python"
    "$python" -m pip install --quiet --disable-pip-version-check "${page_packages[@]}"
    has_page_packages
fi

cargo build --quiet -p page-example
cc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$target/debian/fast_clock.so" .ci/page/fast_clock.c
page_python=(env "${page_environment[@]}" CHROMIUM="$CHROMIUM" PAGE_EXAMPLE="$target/debug/page-example"
    FAST_CLOCK="$target/debian/fast_clock.so" PYTHONDONTWRITEBYTECODE=1 "$python")
