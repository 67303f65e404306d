"""Saves a model from code whose loading runs the program, and lets MLflow infer its code paths."""

import os
import sys

from program import request

MODEL = """
import importlib

import mlflow
from mlflow.pyfunc import PythonModel


class Program(PythonModel):
    def load_context(self, context):
        importlib.import_module({module!r}).main()

    def predict(self, context, model_input):
        return model_input


mlflow.models.set_model(Program())
"""


def main():
    asked = request()
    sys.path[0] = asked.import_root

    import mlflow.pyfunc

    code = os.path.join(asked.scratch, "model_from_code.py")
    with open(code, "w") as stream:
        stream.write(MODEL.format(module=asked.module))
    model = os.path.join(asked.scratch, "model")
    mlflow.pyfunc.save_model(model, python_model=code, infer_code_paths=True, pip_requirements=[])
    asked.reply(model=model)


if __name__ == "__main__":
    main()
