"""The small projects that the subjects work on, as texts: subject -> file name -> text."""

from __future__ import annotations

from collections.abc import Mapping

SPHINX = {
    "docs/conf.py": """
        import os
        import sys

        sys.path.insert(0, os.path.abspath("../code"))
        sys.path.insert(0, os.path.abspath("_ext"))
        project = "Sample"
        extensions = ["sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx.ext.napoleon", "stamp"]
        templates_path = ["_templates"]
        html_theme = "alabaster"
        """,
    "docs/_ext/stamp.py": """
        from stamp_text import TEXT

        def setup(app):
            app.add_config_value("stamp", TEXT, "env")
            return {"parallel_read_safe": True, "parallel_write_safe": True}
        """,
    "docs/_ext/stamp_text.py": 'TEXT = "stamped"\n',
    "docs/_templates/layout.html": '{% extends "!layout.html" %}\n',
    "docs/index.rst": """
        Sample
        ======

        .. toctree::
           :glob:

           page*

        .. automodule:: sampled
           :members:
        """,
    **{
        f"docs/page{number}.rst": f"Page {number}\n======\n\n.. code-block:: python\n\n   print({number})\n"
        for number in range(8)
    },
    "code/sampled/__init__.py": '"""Sampled."""\n\n\ndef one():\n    """Returns one."""\n    return 1\n',
}

PYLINT = {
    "house_rules.py": """
        from house_parts import describe

        def register(linter):
            describe(linter)
        """,
    "house_parts.py": """
        def describe(linter):
            linter.config
        """,
    **{f"sample/part{number}.py": f'"""Part."""\n\n\nVALUE = {number}\n' for number in range(6)},
    "sample/__init__.py": '"""Sample."""\n',
}

DJANGO = {
    "manage.py": """
        import os
        import sys

        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "site_one.settings"
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
        """,
    "site_one/__init__.py": "",
    "site_one/settings.py": """
        SECRET_KEY = "for the benchmark only"
        USE_TZ = True
        ROOT_URLCONF = "site_one.urls"
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        INSTALLED_APPS = [
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "notes",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ]
        TEMPLATES = [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ]
        """,
    "site_one/urls.py": """
        from django.contrib import admin
        from django.urls import path

        from notes.views import index

        urlpatterns = [path("", index), path("admin/", admin.site.urls)]
        """,
    "notes/__init__.py": "",
    "notes/models.py": """
        from django.db import models

        class Note(models.Model):
            text = models.CharField(max_length=80)
        """,
    "notes/migrations/__init__.py": "",
    "notes/migrations/0001_initial.py": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            initial = True
            dependencies = []
            operations = [
                migrations.CreateModel(
                    name="Note",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                        ("text", models.CharField(max_length=80)),
                    ],
                ),
            ]
        """,
    "notes/views.py": """
        from django.shortcuts import render

        from .models import Note

        def index(request):
            return render(request, "notes/index.html", {"notes": Note.objects.all()})
        """,
    "notes/templatetags/__init__.py": "",
    "notes/templatetags/shout.py": """
        from django import template

        register = template.Library()

        @register.filter
        def shout(text):
            return text.upper()
        """,
    "notes/templates/notes/index.html": """
        {% load shout %}{% for note in notes %}{{ note.text|shout }}{% endfor %}
        """,
    "notes/tests/__init__.py": "",
    **{
        f"notes/tests/test_part{number}.py": """
        from django.test import TestCase

        from notes.models import Note

        class NoteTest(TestCase):
            def test_index(self):
                Note.objects.create(text="one")
                self.assertEqual(self.client.get("/").content, b"ONE\\n")

            def test_admin(self):
                self.assertEqual(self.client.get("/admin/login/").status_code, 200)
        """
        for number in range(4)
    },
}

MKDOCS = {
    "mkdocs.yml": """
        site_name: Sample
        hooks:
          - hooks/mark.py
        theme:
          name: mkdocs
          custom_dir: theme
        """,
    "hooks/mark.py": """
        import sys
        from pathlib import Path

        sys.path.insert(0, str(Path(__file__).parent))
        import mark_text

        def on_page_markdown(markdown, **kwargs):
            return markdown + mark_text.TEXT
        """,
    "hooks/mark_text.py": 'TEXT = "marked"\n',
    "theme/main.html": '{% extends "base.html" %}\n',
    "docs/index.md": "# Sample\n",
}

BLACK = {f"sample/part{number}.py": "VALUE = [1,2,3]\n" * 40 for number in range(6)}

CELERY = {
    "send_and_wait.py": """
        import os
        import shutil
        import subprocess
        import sys

        for folder in ("queue", "results"):
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
        command = [sys.executable, "-m", "celery", "-A", "jobs", "worker", "-c2", "-lERROR"]
        command += ["--without-gossip", "--without-mingle"]
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            from jobs import double

            print("answer:", double.delay(21).get(timeout=60))
        finally:
            worker.terminate()
            worker.wait()
        """,
    "jobs.py": """
        from celery import Celery

        app = Celery("jobs", broker="filesystem://", backend="file://results")
        app.conf.broker_transport_options = {
            "data_folder_in": "queue",
            "data_folder_out": "queue",
            "control_folder": "queue",
        }

        @app.task
        def double(number):
            from job_math import twice

            return twice(number)
        """,
    "job_math.py": """
        def twice(number):
            return 2 * number
        """,
}

ANSIBLE = {
    "site.yml": """
        - hosts: localhost
          gather_facts: true
          vars:
            ansible_python_interpreter: "{{ ansible_playbook_python }}"
          roles: [greeter]
        """,
    "roles/greeter/tasks/main.yml": """
        - ansible.builtin.template:
            src: hello.j2
            dest: "{{ playbook_dir }}/hello.txt"
        - ansible.builtin.command: "true"
        - local_ping:
        """,
    "roles/greeter/templates/hello.j2": "{{ 'hello' | shout }}\n",
    "filter_plugins/shout.py": """
        class FilterModule:
            def filters(self):
                return {"shout": str.upper}
        """,
    "library/local_ping.py": """
        from ansible.module_utils.basic import AnsibleModule

        AnsibleModule(argument_spec={}).exit_json(changed=False)
        """,
}

INPUTS: Mapping[str, Mapping[str, str]] = {
    "sphinx": SPHINX,
    "pylint": PYLINT,
    "django": DJANGO,
    "mkdocs": MKDOCS,
    "black": BLACK,
    "celery": CELERY,
    "ansible": ANSIBLE,
}
