SELECT count(), sumKahan(number * {scale:Float64}), min(number), max(number)
{{ points.of_stat }}
