"""Declarative host hardening: preview, snapshot, apply, prove, roll back."""

__version__ = "0.1.0"
