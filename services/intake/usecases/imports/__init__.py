"""Imports of CSV and XLSX files: taken in by a request, worked on in the background."""
