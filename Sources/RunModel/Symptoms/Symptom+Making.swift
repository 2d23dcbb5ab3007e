/// Shorter spellings of the cases whose values have several members.
extension Symptom {
    public static func deviation(
        _ component: Component, _ aspect: Deviation.Aspect, _ names: [String] = []
    ) -> Symptom {
        .deviation(Deviation(component, aspect, names))
    }

    public static func ailment(_ component: Component, _ state: Ailment.State, says text: String = "") -> Symptom {
        .ailment(Ailment(component, state, says: text))
    }

    public static func setting(_ component: Component, _ name: String, _ defect: SettingProblem.Defect) -> Symptom {
        .setting(SettingProblem(component, name, defect))
    }

    public static func excess(_ component: Component, _ quantity: Excess.Quantity, path: String = "") -> Symptom {
        .excess(Excess(component, quantity, path: path))
    }

    public static func exposed(_ component: Component, _ leak: Exposure.Leak) -> Symptom {
        .exposed(Exposure(component, leak))
    }

    public static func certificate(
        _ component: Component, at place: String, _ defect: CertificateProblem.Defect
    ) -> Symptom {
        .certificate(CertificateProblem(component, at: place, defect))
    }

    public static func misrouted(
        _ service: Service, path: String, expected: Responder, got: Responder
    ) -> Symptom {
        .misrouted(Misrouting(service, path: path, expected: expected, got: got))
    }

    public static func obstacle(_ reason: Obstacle.Reason, of component: Component) -> Symptom {
        .obstacle(Obstacle(reason, of: component))
    }

    public static func networkBlock(_ flow: Component, _ element: NetworkBlock.Element) -> Symptom {
        .networkBlock(NetworkBlock(flow, element))
    }
}
