"""The package as pkg_build.sh makes it, and what makes it."""
