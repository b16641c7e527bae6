"""The measuring tool of the product, under the name the tests know it by."""

from apps.documents.measuring import KINDS, Measured, NotReadable, detect, measure

__all__ = ["KINDS", "Measured", "NotReadable", "detect", "measure"]
