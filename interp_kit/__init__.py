"How does this transformer do that, and how sure are we?"

__version__ = "0.1.0"

# What the package offers, by module. A module is imported when one of its names is first used,
# so that `import interp_kit` alone is quick.
_offers = {
    "models": ["load_model"],
    "prompts": ["PromptPairs"],
    "attribution": ["logit_diff", "logit_attribution"],
    "interventions": ["patch_effects", "screen_and_verify", "faithfulness"],
    "gradients": ["attribution_patching", "edge_attribution"],
    "paths": ["path_effects", "effect_split"],
    "circuits": ["circuit_curves"],
    "corpus": ["Corpus", "scan"],
    "heads": ["head_scores", "induction_scores", "copying_scores"],
    "sae": ["SparseAutoencoder", "load_sae", "train_sae", "sae_health"],
    "features": ["feature_effects", "feature_attribution"],
    "neighbors": ["ActivationStore"],
    "ngrams": ["NextTokenCounts"],
    "simulation": ["simulate"],
    "gated": ["GatedByteLM"],
    "advantage": ["gate_advantage"],
    "findings": ["Finding", "findings_table"],
    "planted": [],
}
_home = {name: module for module, names in _offers.items() for name in names}
__all__ = [*_home, "planted"]


def __getattr__(name):
    from importlib import import_module
    if name in _offers: return import_module(f"{__name__}.{name}")
    if name in _home: return getattr(import_module(f"{__name__}.{_home[name]}"), name)
    from difflib import get_close_matches
    near = "".join(f" The nearest name is {n!r}." for n in get_close_matches(name, __all__, 1))
    raise AttributeError(f"interp_kit has no {name!r}.{near}")


def __dir__(): return sorted({*globals(), *__all__})
