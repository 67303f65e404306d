"""The editable layouts of packages with an extension module: meson-python and scikit-build-core."""

from __future__ import annotations

from editable_layouts import SHIPPED, UV_EDITABLE, editable_case, package, project, shop_modules
from layouts import Layout

EXTENSION = """\
#include <Python.h>

static PyObject *count(PyObject *self, PyObject *unused) { return PyLong_FromLong(7); }
static PyMethodDef methods[] = {{"count", count, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_counter", "", -1, methods};
PyMODINIT_FUNC PyInit__counter(void) { return PyModule_Create(&module); }
"""
COUNTING_APP = "import shop\nfrom shop import _counter\n\nprint(shop.NAME, shop.total(), _counter.count())\n"
MESON = """\
project('shop', 'c')
py = import('python').find_installation(pure: false)
py.install_sources('src/shop/__init__.py', 'src/shop/prices.py', 'src/shop/rates.txt', subdir: 'shop')
py.extension_module('_counter', 'src/counter.c', install: true, subdir: 'shop')
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.20)
project(shop LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
python_add_library(_counter MODULE src/counter.c WITH_SOABI)
install(TARGETS _counter DESTINATION shop)
"""
COMPILED_CASES = (
    editable_case(
        Layout(
            "meson-python",
            {
                **project('"meson-python==0.22.1", "meson==1.12.1"', "mesonpy"),
                **package("src/shop"),
                "project/meson.build": MESON,
                "project/src/counter.c": EXTENSION,
                "app/app.py": COUNTING_APP,
            },
            (
                (
                    "{uv}", "pip", "install", "--quiet", "--python", "{python}",
                    "meson-python==0.22.1", "meson==1.12.1",
                ),
                (*UV_EDITABLE, "--no-build-isolation"),
            ),
            requires=("gcc", "ninja"),
        ),
        output="shop 42 7\n",
        modules={
            **shop_modules("project/src/shop"),
            "shop._counter": ("editable-artifact", "project/build/{tag}/_counter{suffix}"),
        },
        remote=(*SHIPPED, "/root/shop/_counter{suffix}"),
        labels=("PythonModule:shop._counter", "PythonPackage:shop", "app.py"),
        shims=("_shop_dist_editable_loader",),
    ),
    editable_case(
        Layout(
            "scikit-build-core",
            {
                **project(
                    '"scikit-build-core==1.1.2"', "scikit_build_core.build",
                    "[tool.scikit-build]\nwheel.packages = ['src/shop']\n",
                ),
                **package("src/shop"),
                "project/CMakeLists.txt": CMAKE,
                "project/src/counter.c": EXTENSION,
                "app/app.py": COUNTING_APP,
            },
            (UV_EDITABLE,),
            requires=("gcc", "cmake", "ninja"),
        ),
        output="shop 42 7\n",
        modules={
            **shop_modules("project/src/shop"),
            "shop._counter": ("editable-artifact", "{site}/shop/_counter{suffix}"),
        },
        remote=(*SHIPPED, "/root/shop/_counter{suffix}"),
        labels=("PythonModule:shop._counter", "PythonPackage:shop", "app.py"),
        shims=("_editable_skbc_shop_dist",),
    ),
    editable_case(
        Layout(
            "maturin",
            {
                **project(
                    '"maturin==1.16.0"', "maturin",
                    "[tool.maturin]\nbindings = 'bin'\npython-source = 'python'\nmodule-name = 'shop'\n",
                ),
                **package("python/shop"),
                "project/Cargo.toml": '[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2021"\n',
                "project/src/main.rs": "fn main() {}\n",
            },
            (UV_EDITABLE,),
            requires=("cargo",),
        ),
        modules=shop_modules("project/python/shop"),
    ),
)  # fmt: skip
