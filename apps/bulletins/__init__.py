"""What the office tells all units: 进展情况通报 and 年度总结 from frozen figures, 信息通报 that units send in."""
