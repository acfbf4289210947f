"""Font and XML namespace shared by the SVG writer and its readers, which need no Matplotlib."""

from __future__ import annotations

NAMESPACE = "http://www.w3.org/2000/svg"
# Of the widths that labels are measured in, or narrower; the last are what a machine without the others has.
FONT_FAMILY = "'Source Sans 3', 'Source Sans Pro', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', Arimo, 'Nimbus Sans', sans-serif"
