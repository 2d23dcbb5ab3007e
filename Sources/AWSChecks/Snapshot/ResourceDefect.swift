import RunModel

/// What is wrong with a resource when one question to it is answered with no, as the family of such questions declares it.
enum ResourceDefect: Sendable, Hashable {
    case missing
    /// In a state that is not the normal one.
    case state
    case setting(String)
    case exposed(Exposure.Leak)
    /// Objects expire too early.
    case expiry(String)

    /// - Parameter text: what AWS calls the state.
    func symptom(of component: Component, says text: String) -> Symptom {
        switch self {
        case .missing: .missing(component)
        case .state: .ailment(component, .state, says: text)
        case .setting(let name): .setting(component, name, .differs)
        case .exposed(let leak): .exposed(component, leak)
        case .expiry(let name): .setting(component, name, .expiry)
        }
    }
}
