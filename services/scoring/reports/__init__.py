"""Reports of scoring: the laporan SKM and its public sheet, as PDF, HTML, XLSX, CSV and JSON."""
