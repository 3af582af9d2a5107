"""What the fork server of jobs imports, once for all of them."""

from hydra.core.plugins import Plugins

import sr_experiments.config
import sr_experiments.experiment

sr_experiments.config.find_plugins()
Plugins.instance()
