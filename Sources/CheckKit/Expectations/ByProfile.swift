import RunModel

/// A value that may differ between the behaviour profiles of a deployment (contract §0.1).
package struct ByProfile<Value: Hashable & Sendable>: Hashable, Sendable {
    package var a: Value
    var m: Value
    var b: Value
    var fixed: Value

    package init(a: Value, m: Value, b: Value, fixed: Value) {
        self.a = a
        self.m = m
        self.b = b
        self.fixed = fixed
    }

    /// The same in every profile.
    package init(_ value: Value) {
        self.init(a: value, m: value, b: value, fixed: value)
    }

    /// The value for a profile; for an unknown one only when all profiles agree.
    package func value(for profile: DeploymentProfile?) -> Value? {
        switch profile {
        case .a: a
        case .m: m
        case .b: b
        case .fixed: fixed
        case nil: Set([a, m, b, fixed]).count == 1 ? a : nil
        }
    }

    /// One line for each profile, for the catalogue.
    package func described(_ text: (Value) -> String) -> [String: String] {
        ["A": text(a), "M": text(m), "B": text(b), "fixed": text(fixed)]
    }
}
