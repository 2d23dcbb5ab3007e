import Formats
import Foundation

/// The value of an RDS parameter that is a number or a formula of the instance: `LEAST({DBInstanceClassMemory/9531392},5000)`.
///
/// Knows numbers, variables, `+ - * /`, braces and brackets, `GREATEST`, `LEAST`, `SUM` and `LOG`, which is that to the base 2
/// (RDS user guide: specifying DB parameters). Divisions drop what is behind the point.
struct ParameterFormula {
    private var rest: Substring
    private let variables: [String: Double]

    /// Nil for what is no formula, or names a variable that has no value.
    static func value(_ text: String, variables: [String: Double]) -> Double? {
        var formula = ParameterFormula(rest: Substring(text), variables: variables)
        guard let value = formula.sum(), formula.next == nil, value.isFinite else { return nil }
        return value
    }

    private var next: Character? {
        mutating get {
            rest = rest.drop(while: \.isWhitespace)
            return rest.first
        }
    }

    private mutating func take(_ wanted: Character) -> Bool {
        guard next == wanted else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func sum() -> Double? {
        guard var value = product() else { return nil }
        while let sign = next, sign == "+" || sign == "-" {
            _ = take(sign)
            guard let other = product() else { return nil }
            value = sign == "+" ? value + other : value - other
        }
        return value
    }

    private mutating func product() -> Double? {
        guard var value = factor() else { return nil }
        while let sign = next, sign == "*" || sign == "/" {
            _ = take(sign)
            guard let other = factor(), sign == "*" || other != 0 else { return nil }
            value = sign == "*" ? value * other : value / other
        }
        return value
    }

    private mutating func factor() -> Double? {
        guard let character = next else { return nil }
        if character == "{" || character == "(" {
            _ = take(character)
            guard let value = sum(), take(character == "{" ? "}" : ")") else { return nil }
            return character == "{" ? value.rounded(.down) : value
        }
        if character.isNumber || character == "." {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            return Double(finite: digits)
        }
        let name = rest.prefix { $0.isLetter || $0 == "_" }
        guard !name.isEmpty else { return nil }
        rest = rest.dropFirst(name.count)
        return take("(") ? call(name.uppercased()) : variables[String(name)]
    }

    private mutating func call(_ name: String) -> Double? {
        var arguments: [Double] = []
        repeat {
            guard let value = sum() else { return nil }
            arguments.append(value)
        } while take(",")
        guard take(")") else { return nil }
        switch name {
        case "LEAST": return arguments.min()
        case "GREATEST": return arguments.max()
        case "SUM": return arguments.reduce(0, +)
        case "LOG": return arguments.count == 1 && arguments[0] > 0 ? log2(arguments[0]) : nil
        default: return nil
        }
    }
}
