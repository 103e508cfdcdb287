/// `$0.0123`: four decimals, six below a cent, two from ten dollars.
package func dollarsText(_ dollars: Double) -> String {
    let decimals = dollars >= 10 ? 2 : dollars >= 0.01 || dollars == 0 ? 4 : 6
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard dollars < 1e12 else { return "more than $1,000,000,000,000" }
    let units = Int64((max(0, dollars) * scale).rounded())
    let fraction = String(units % Int64(scale))
    let zeros = String(repeating: "0", count: decimals - fraction.utf8.count)
    return "$\(units / Int64(scale)).\(zeros)\(fraction)"
}

/// The little by which a sum of dollars may pass a bound: three times ten cents are more than thirty as binary fractions,
/// and are thirty for a person.
package func roundingRest(of dollars: Double) -> Double { dollars * 1e-9 }
